# Compiles in a first stage with everything, ships a second one with what runs.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/build.sh scripts/bundle-threads.ts scripts/preflight.cjs scripts/
COPY generated generated
COPY thread thread
COPY transport transport
COPY server server
COPY client client
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="NumStore" \
      org.opencontainers.image.description="A key/number store over gRPC: running totals and exact factorials" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="0.1.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
# Where a volume goes: it takes this owner over.
RUN install -d -o node -g node /data
USER node
EXPOSE 5440
HEALTHCHECK --interval=2s --timeout=3s --start-period=5s --retries=3 \
  CMD ["node", "dist/server/health-check.js"]
CMD ["node", "dist/server/main.js"]
