# The worker. Built in two stages, so that the image holds what runs and not what built it: no compiler, no pip.
# It needs no right and no file but its state folder: run it with --read-only --cap-drop=ALL --security-opt=no-new-privileges.
#   docker build -t newswire .
#   docker run --rm newswire newswire --help

FROM python:3.13-slim AS build
WORKDIR /build
# The pinned packages first: this layer changes only with the lock.
COPY requirements-runtime.lock ./
RUN python -m venv --without-pip /opt/newswire \
    && pip --python /opt/newswire/bin/python install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-runtime.lock
COPY requirements-build.lock ./
RUN python -m venv /opt/build \
    && /opt/build/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY workers ./workers
RUN /opt/build/bin/python -m hatchling build -t wheel -d /build/dist \
    && pip --python /opt/newswire/bin/python install --no-cache-dir --disable-pip-version-check --no-deps /build/dist/*.whl

FROM python:3.13-slim
LABEL org.opencontainers.image.title="Newswire" \
      org.opencontainers.image.description="Raw articles in, one clean copy out, exactly once" \
      org.opencontainers.image.licenses="MIT"
# The state folder remembers, over a worker's deaths, at which record it died: a volume of each container's own.
RUN pip uninstall --yes --no-input pip \
    && groupadd --system --gid 10001 newswire \
    && useradd --system --uid 10001 --gid 10001 --home-dir /var/lib/newswire --no-create-home --shell /usr/sbin/nologin newswire \
    && install --directory --owner=newswire --group=newswire --mode=0700 /var/lib/newswire
COPY --from=build /opt/newswire /opt/newswire
ENV PATH=/opt/newswire/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    NEWSWIRE_LOG_FORMAT=json \
    NEWSWIRE_STATE_FOLDER=/var/lib/newswire \
    WEB_URL=http://0.0.0.0:6066
VOLUME ["/var/lib/newswire"]
# By number, so that Kubernetes can tell that it is not root.
USER 10001:10001
WORKDIR /var/lib/newswire
EXPOSE 6066
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:6066/livez', timeout=4)"]
CMD ["newswire", "worker"]
