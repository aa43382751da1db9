# The worker. Built in two stages, so that the image holds what runs and not what built it.
#   docker build -t newswire .
#   docker run --rm newswire newswire --help

FROM python:3.13-slim AS build
WORKDIR /build
# The pinned packages first: this layer changes only with the lock.
COPY requirements-runtime.lock ./
RUN python -m venv /opt/newswire \
    && /opt/newswire/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-runtime.lock
COPY requirements-build.lock ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY workers ./workers
RUN /opt/build/bin/python -m hatchling build -t wheel -d /build/dist \
    && /opt/newswire/bin/pip install --no-cache-dir --disable-pip-version-check --no-deps /build/dist/*.whl

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Newswire" \
      org.opencontainers.image.description="Raw articles in, one clean copy out, exactly once" \
      org.opencontainers.image.licenses="MIT"
RUN useradd --system --uid 10001 --create-home --shell /usr/sbin/nologin newswire
COPY --from=build /opt/newswire /opt/newswire
ENV PATH=/opt/newswire/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    NEWSWIRE_LOG_FORMAT=json \
    WEB_URL=http://0.0.0.0:6066
USER newswire
WORKDIR /home/newswire
EXPOSE 6066
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:6066/livez', timeout=4)"]
CMD ["newswire", "worker"]
