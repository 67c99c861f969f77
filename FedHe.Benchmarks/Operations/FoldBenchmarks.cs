using BenchmarkDotNet.Attributes;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Operations;

namespace FedHe.Benchmarks.Operations;

public class FoldBenchmarks : OperationBenchmarks
{
    /// <summary>The first vector of a sum, which overwrites instead of adding.</summary>
    [Benchmark]
    public void First()
    {
        using IAccumulator sum = Context.Public.Evaluator.CreateAccumulator(Values.Length);
        sum.Add(Upload);
    }

    /// <summary>Three uploads as they arrive, and the sum as it leaves.</summary>
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

    /// <summary>Makes the full form of a sum: the expansions of all its seeds.</summary>
    [Benchmark]
    public void Expand() => Compressor.Expand(Aggregate).Dispose();
}
