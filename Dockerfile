# One image for every part; the command says which.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The image brings its Node.js and compose brings the database: no development and no optional packages.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM node:24-bookworm-slim
# Where the long-running parts say how they are; the health check reads it.
ENV NODE_ENV=production DR365_HEALTH_FILE=/tmp/dr365-health.json
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY db ./db
COPY src ./src
COPY workers ./workers
# /demo: a volume that is mounted there belongs to the account from the start. dr365: for docker compose exec.
RUN mkdir /demo && chown 1000:1000 /demo \
 && printf '#!/bin/sh\nexec node /app/src/cli/dr365.mjs "$@"\n' > /usr/local/bin/dr365 && chmod 755 /usr/local/bin/dr365
USER 1000:1000
# Batches die young, and a background worker rather needs little memory than a second less: half of it is saved.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--optimize-for-size", "/app/src/cli/dr365.mjs"]
CMD ["help"]
HEALTHCHECK --interval=15s --timeout=15s --start-period=60s --retries=4 CMD ["node", "/app/src/cli/health.ts"]
ARG REVISION=unknown
LABEL org.opencontainers.image.title="dr365" \
      org.opencontainers.image.description="Backup risk intelligence for Veeam Backup & Replication 13 and Azure Backup" \
      org.opencontainers.image.version="0.1.0" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.base.name="docker.io/library/node:24-bookworm-slim"
