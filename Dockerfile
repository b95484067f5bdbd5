# One image for all services and roles: the arguments pick them, as in `run touchline services.contact serve`.
# BASE is any image with python3 (3.11 or newer, with venv); pin it by digest where that is the rule.
ARG BASE=python:3.13-slim
FROM ${BASE} AS build

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1 UV_LINK_MODE=copy UV_NO_CACHE=1 UV_PYTHON_DOWNLOADS=never
WORKDIR /build
COPY requirements-uv.lock requirements-image.lock ./
RUN ["python3", "-m", "venv", "/build/uv"]
RUN ["/build/uv/bin/python", "-m", "pip", "install", "--quiet", "--require-hashes", "-r", "requirements-uv.lock"]
RUN ["python3", "-m", "venv", "--without-pip", "/opt/touchline"]
RUN ["/build/uv/bin/uv", "pip", "sync", "--quiet", "--system-certs", "--python", "/opt/touchline/bin/python", "--require-hashes", "requirements-image.lock"]

COPY services /opt/touchline/app/services
COPY libs /opt/touchline/app/libs
COPY deploy/topics.yaml deploy/retention.yaml deploy/roles.yaml deploy/peers.yaml /opt/touchline/app/deploy/
COPY deploy/image.py ./
# The command, and bytecode that says nothing of the time when it was made: the same sources make the same files.
RUN ["/opt/touchline/bin/python", "image.py", "/opt/touchline"]

FROM ${BASE}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Touchline" \
      org.opencontainers.image.description="Campaign services that live beside a CRM" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/touchline /opt/touchline
ENV PATH=/opt/touchline/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 TOUCHLINE_HOST=0.0.0.0 TOUCHLINE_STATE=/tmp/touchline
# Nothing is owned by this user: any other will do as well, and the root file system may be read-only.
USER 65532:65532
WORKDIR /opt/touchline/app
STOPSIGNAL SIGTERM
ENTRYPOINT ["/opt/touchline/bin/python", "-m"]
CMD ["touchline_client.cli", "--help"]
