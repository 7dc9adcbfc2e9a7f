# Build from the root of the repository: docker build -f deploy/docker/agent.Dockerfile -t flotilla-agent .
FROM node:24-bookworm-slim AS build
WORKDIR /src
COPY . .
RUN node scripts/run.mjs setup && npm run build:agent

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /src/apps/agent/dist/agent.mjs ./
USER 65532:65532
# memory counts in every cluster and computing is slight: a small young generation, and code that is interpreted, not compiled
ENTRYPOINT ["node", "--max-semi-space-size=1", "--max-old-space-size=160", "--optimize-for-size", "--no-opt", "--no-maglev", "--no-sparkplug", "--v8-pool-size=1", "agent.mjs"]
