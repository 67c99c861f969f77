using BenchmarkDotNet.Attributes;

namespace FedHe.Benchmarks.Operations;

public class TransferBenchmarks : OperationBenchmarks
{
    [Benchmark]
    public int WriteUpload() => Write(Upload).Length;

    [Benchmark]
    public void ReadUpload() => Read(UploadBytes).Dispose();

    [Benchmark]
    public void ReadAggregate() => Read(AggregateBytes).Dispose();
}
