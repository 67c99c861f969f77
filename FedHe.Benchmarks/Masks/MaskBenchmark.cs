using System.Buffers;
using System.Diagnostics;
using FedHe.Benchmarks.Scale;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;

namespace FedHe.Benchmarks.Masks;

/// <summary>The mask benchmark selects a mask from a large sensitivity map.</summary>
internal static class MaskBenchmark
{
    private const int Clients = 5;
    private const int BitsOfOne = 20;

    public static MaskResult Run(int count, MaskPolicy policy, int runs)
    {
        GlobalSensitivity map = MapOf(count);

        // The array from which the map was copied must not count.
        GC.Collect();
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        double firstMs = Select(policy, map, out EncryptionMask mask);
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        double[] times = [.. Enumerable.Range(0, runs).Select(_ => Select(policy, map, out EncryptionMask _)).Order()];
        var written = new ArrayBufferWriter<byte>();
        mask.WriteTo(written);
        return new MaskResult
        {
            Params = count,
            Policy = policy.ToString(),
            Selected = mask.EncryptedCount,
            FirstMs = firstMs,
            SelectMs = times[times.Length / 2],
            MapBytes = sizeof(uint) * (long)count,
            AllocatedBytes = allocated,
            MaskBytes = written.WrittenCount,
            Cpu = Machine.CpuName,
            Commit = Machine.Commit,
        };
    }

    private static double Select(MaskPolicy policy, GlobalSensitivity map, out EncryptionMask mask)
    {
        long start = Stopwatch.GetTimestamp();
        mask = policy.Select(map);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    /// <summary>Creates a sum of the clients' quantized maps with few large and many small numbers, as gradients
    /// have.</summary>
    private static GlobalSensitivity MapOf(int count)
    {
        var integers = new uint[count];
        for (int i = 0; i < count; i++)
        {
            double even = Math.Abs(GeneratedValues.Of(client: 0, i));
            integers[i] = (uint)(Clients * Math.Pow(even, 8) * (1 << BitsOfOne));
        }

        const int TensorLength = 10_000_000;
        var layout = new ModelLayout(Enumerable.Range(0, (count + TensorLength - 1) / TensorLength).Select(i => new TensorSpec(
            $"layer{i}.weight", ElementType.Float32, [Math.Min(TensorLength, count - (i * TensorLength))], bound: 1)));
        return new GlobalSensitivity(layout, integers);
    }
}
