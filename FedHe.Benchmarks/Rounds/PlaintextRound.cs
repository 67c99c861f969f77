using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace FedHe.Benchmarks.Rounds;

/// <summary>
/// A plaintext round has no protection and is as cheap as it can be: clients send their floats as bytes, the server averages
/// them, and clients take the average.
/// </summary>
internal sealed class PlaintextRound(float[][] updates)
{
    private readonly byte[][] _uploads = [.. updates.Select(update => new byte[sizeof(float) * update.Length])];
    private readonly byte[] _download = new byte[sizeof(float) * updates[0].Length];
    private readonly float[] _average = new float[updates[0].Length];
    private readonly float[] _received = new float[updates[0].Length];

    public PhaseTimes RunOnce()
    {
        long start = Stopwatch.GetTimestamp();
        for (int client = 0; client < updates.Length; client++)
        {
            MemoryMarshal.AsBytes(updates[client].AsSpan()).CopyTo(_uploads[client]);
        }

        double sendMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds / updates.Length;
        start = Stopwatch.GetTimestamp();
        _average.AsSpan().Clear();
        foreach (byte[] upload in _uploads)
        {
            TensorPrimitives.MultiplyAdd(MemoryMarshal.Cast<byte, float>(upload), 1f / updates.Length, _average, _average);
        }

        MemoryMarshal.AsBytes(_average.AsSpan()).CopyTo(_download);
        double averageMs = Stopwatch.GetElapsedTime(start).TotalMilliseconds / updates.Length;
        start = Stopwatch.GetTimestamp();
        MemoryMarshal.Cast<byte, float>(_download).CopyTo(_received);
        return new PhaseTimes(sendMs, CheckMs: 0, averageMs, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}
