// The custom resources of the Prometheus operator: files of its module, so that nothing is built.
module kubedoh.test/cluster/prometheus-operator

go 1.24.0

require github.com/prometheus-operator/prometheus-operator v0.85.0
