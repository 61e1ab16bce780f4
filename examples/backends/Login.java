// Java 17, standard library: `java Login.java`. SITEVERIFY_URL and SITE_SECRET in the environment; listens on PORT.
import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.*;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public class Login {
  static final int MAX_BODY_BYTES = 16 * 1024;
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  /** Whether the token of a form, encoded as it came, passes for one action. Where there is a JSON library, it reads the verdict. */
  static boolean passes(String token, String action) {
    var body = "secret=" + System.getenv("SITE_SECRET") + "&response=" + token;
    var request = HttpRequest.newBuilder(URI.create(System.getenv("SITEVERIFY_URL")))
        .header("content-type", "application/x-www-form-urlencoded").POST(HttpRequest.BodyPublishers.ofString(body)).build();
    try {
      var verdict = CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString()).get(3, TimeUnit.SECONDS).body();
      return verdict.contains("\"success\":true") && verdict.contains("\"action\":\"" + action + "\"");
    } catch (Exception error) { return false; }
  }

  public static void main(String[] given) throws Exception {
    System.setProperty("sun.net.httpserver.maxReqTime", "10");
    var server = HttpServer.create(new InetSocketAddress("127.0.0.1", Integer.parseInt(System.getenv("PORT"))), 0);
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/login", exchange -> {
      var form = exchange.getRequestBody().readNBytes(MAX_BODY_BYTES + 1);
      var token = new String(form, UTF_8).replaceAll("(?s)^(?:.*?&)?uni-captcha-response=([^&]*).*$|^.*$", "$1");
      exchange.sendResponseHeaders(form.length > MAX_BODY_BYTES ? 413 : passes(token, "login") ? 200 : 403, -1);
      exchange.close();
    });
    server.start();
    System.out.println("http://127.0.0.1:" + server.getAddress().getPort());
  }
}
