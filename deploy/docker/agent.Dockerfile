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
# a small young generation: memory counts in every cluster, allocation is slight
ENTRYPOINT ["node", "--max-semi-space-size=1", "agent.mjs"]
