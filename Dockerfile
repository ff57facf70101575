# One image for every part; the command says which.
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# The image brings its Node.js and compose brings the database: no development and no optional packages.
RUN npm ci --omit=dev --omit=optional && npm cache clean --force

FROM node:24-bookworm-slim
LABEL org.opencontainers.image.title="dr365" \
      org.opencontainers.image.description="Backup risk intelligence for Veeam Backup & Replication 13" \
      org.opencontainers.image.licenses="MIT"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY db ./db
COPY src ./src
COPY workers ./workers
USER node
# Batches die young, and a background worker rather needs little memory than a second less: half of it is saved.
ENTRYPOINT ["node", "--max-semi-space-size=2", "--optimize-for-size", "src/cli/dr365.mjs"]
CMD ["help"]
