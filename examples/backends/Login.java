// Java 17, standard library: `java Login.java`. SITEVERIFY_URL and SITE_SECRET in the environment; listens on PORT.
import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.UUID;

public class Login {
  /** Whether the token of a form passes, for one action alone. A project with a JSON library reads the answer with that. */
  static boolean passes(String token, String action) throws Exception {
    var body = "secret=" + encode(System.getenv("SITE_SECRET")) + "&response=" + encode(token) + "&idempotency_key=" + UUID.randomUUID();
    var request = HttpRequest.newBuilder(URI.create(System.getenv("SITEVERIFY_URL")))
        .header("content-type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(body)).build();
    var verdict = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
    return verdict.contains("\"success\":true") && verdict.contains("\"action\":\"" + action + "\"");
  }

  static String encode(String text) { return URLEncoder.encode(text, StandardCharsets.UTF_8); }

  public static void main(String[] given) throws Exception {
    var port = Integer.parseInt(System.getenv().getOrDefault("PORT", "8080"));
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
    server.createContext("/", exchange -> {
      var form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      var token = form.replaceAll("(?s)^.*?(?:^|&)uni-captcha-response=([^&]*).*$|^.*$", "$1");
      boolean isRight;
      try { isRight = passes(URLDecoder.decode(token, StandardCharsets.UTF_8), "login"); } catch (Exception error) { isRight = false; }
      exchange.sendResponseHeaders(isRight ? 200 : 403, -1);
      exchange.close();
    });
    server.start();
    System.out.println("http://127.0.0.1:" + server.getAddress().getPort());
  }
}
