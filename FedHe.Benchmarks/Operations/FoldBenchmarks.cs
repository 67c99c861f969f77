using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;

namespace FedHe.Benchmarks.Operations;

public class FoldBenchmarks : OperationBenchmarks
{
    /// <summary>Folds the first vector of a sum, which overwrites instead of adding.</summary>
    [Benchmark]
    public void First()
    {
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(Values.Length);
        sum.Add(Upload);
    }

    /// <summary>Folds three uploads as they arrive and completes their sum as it leaves.</summary>
    [Benchmark]
    public int ThreeFromBytes()
    {
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(Values.Length);
        for (int client = 0; client < 3; client++)
        {
            using EncryptedVector vector = Read(UploadBytes);
            sum.Add(vector);
        }

        using EncryptedVector total = sum.Complete();
        return Write(total).Length;
    }

    /// <summary>Expands all seeds of a sum into its full form.</summary>
    [Benchmark]
    public void Expand() => Compressor.Expand(Aggregate).Dispose();
}
