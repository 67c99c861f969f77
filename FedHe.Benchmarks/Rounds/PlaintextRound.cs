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
        double sendMs = Timing.Milliseconds(Send) / updates.Length;
        double averageMs = Timing.Milliseconds(Average) / updates.Length;
        return new PhaseTimes(sendMs, CheckMs: 0, averageMs, Timing.Milliseconds(Receive));
    }

    private void Send()
    {
        for (int client = 0; client < updates.Length; client++)
        {
            MemoryMarshal.AsBytes(updates[client].AsSpan()).CopyTo(_uploads[client]);
        }
    }

    private void Average()
    {
        PlaintextAverage.Compute(updates.Length, client => MemoryMarshal.Cast<byte, float>(_uploads[client].AsSpan()), _average);
        MemoryMarshal.AsBytes(_average.AsSpan()).CopyTo(_download);
    }

    private void Receive() => MemoryMarshal.Cast<byte, float>(_download).CopyTo(_received);
}
