# syntax=docker/dockerfile:1
# Serves checkpoints. BUILD chooses the CPU or the GPU build:
#
#   docker build --tag isogloss .
#   docker build --tag isogloss:gpu --build-arg BUILD=gpu .
#
# Run it with a folder of checkpoints and a file of API keys (`isogloss key`), without which it does
# not listen to other machines; or with --env ISOGLOSS_ALLOW_OPEN=true in place of the keys:
#
#   docker run --rm --publish 8000:8000 --volume "$PWD/checkpoints:/checkpoints:ro" \
#     --volume "$PWD/keys:/keys:ro" --env ISOGLOSS_KEYS=/keys isogloss
#   docker run --rm --gpus all … isogloss:gpu
ARG BUILD=cpu

# The two bases. Both have Python 3.11 or newer as python3, in the same place in both stages, as a
# virtual environment points to the interpreter that made it.
FROM python:3.11-slim-bookworm AS base-cpu

FROM nvidia/cuda:13.0.1-base-ubuntu24.04 AS base-gpu
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install --yes --no-install-recommends python3 python3-venv \
    && rm -rf /var/lib/apt/lists/*

# hadolint ignore=DL3006
FROM base-${BUILD} AS builder
ARG BUILD
# The CPU build of PyTorch is on an index of its own; PyPI has the CUDA build.
ARG PIP_EXTRA_INDEX_URL_CPU=https://download.pytorch.org/whl/cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /source
RUN python3 -m venv /opt/isogloss
# First what seldom changes: the dependencies, in the tested versions.
COPY pyproject.toml README.md LICENSE ./
COPY scripts/constraints.txt scripts/constraints.txt
COPY isogloss isogloss
RUN mkdir models service \
    && if [ "${BUILD}" = cpu ]; then export PIP_EXTRA_INDEX_URL="${PIP_EXTRA_INDEX_URL_CPU}"; fi \
    && /opt/isogloss/bin/pip install --constraint scripts/constraints.txt ".[${BUILD},serve]"
COPY models models
COPY service service
COPY scripts scripts
RUN /opt/isogloss/bin/pip install --no-deps --force-reinstall .

# hadolint ignore=DL3006
FROM base-${BUILD} AS final
RUN groupadd --gid 10001 isogloss \
    && useradd --uid 10001 --gid isogloss --no-create-home --shell /usr/sbin/nologin isogloss \
    && mkdir /checkpoints && chown isogloss:isogloss /checkpoints
COPY --from=builder /opt/isogloss /opt/isogloss
ENV PATH=/opt/isogloss/bin:$PATH PYTHONUNBUFFERED=1
USER 10001:10001
VOLUME /checkpoints
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python3", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["isogloss", "serve", "--checkpoints", "/checkpoints", "--host", "0.0.0.0", "--port", "8000"]
