# Builds the host with its demo pages. For an application of one's own see docs/self-hosting.md.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY . .
RUN node scripts/setup.mjs start --no-install
RUN npm prune --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:22-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/host/package.json ./host/package.json
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/uniCloud ./uniCloud
# The administration page writes config.json there.
COPY --from=build --chown=node:node /app/uni_modules ./uni_modules
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=64", "dist/host/main.cjs"]
