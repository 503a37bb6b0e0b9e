# microfluence in an image of its own: the program and its models, nothing else. It needs no network when it runs.
#
#     docker build --tag microfluence .
#     docker run --rm --network none --volume "$PWD:/data" --user "$(id -u):$(id -g)" microfluence run microfluence.toml --quiet
ARG BUILDER=rust:1.95-slim-bookworm
FROM ${BUILDER} AS build
# The toolchain that the image has; rust-toolchain.toml asks for parts of it that only developers need.
ENV RUSTUP_TOOLCHAIN=1.95.0
ARG PROFILE=release
WORKDIR /source
COPY . .
RUN packaging/release --profile "${PROFILE}" --out /archives && packaging/image /archives/microfluence-*.tar.gz /image && \
    mkdir /owned && mv /image/data /owned/

FROM scratch
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /owned /
ENV MICROFLUENCE_MODELS=/usr/local/share/microfluence/models MICROFLUENCE_CACHE=/data/.cache
USER 65532:65532
WORKDIR /data
ENTRYPOINT ["/usr/local/bin/microfluence"]
CMD ["--help"]
