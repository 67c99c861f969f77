using System.Numerics.Tensors;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Protection;
using FedHe.Privacy.Correlation;
using FedHe.Privacy.Errors;
using FedHe.Privacy.States;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>
/// The mechanism of noise that is correlated over rounds, for one client: its integers times the denominator, what it remembers of earlier rounds, and new noise.
/// </summary>
internal abstract class CorrelatedMechanism(CorrelatedReleases releases, long bound) : ICorrelatedMechanism
{
    private CorrelatedNoiseBuffer _buffer = new(releases.Plan);

    public int Rows => _buffer.Round;

    public void Keep() => _buffer.Keep();

    public void Restart() => _buffer.Restart();

    public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges) => releases.EpsilonOf(charges);

    public byte[] Save(ISecretProtector protector, ReadOnlySpan<byte> context)
    {
        byte[] outer = context.ToArray();
        byte[] state = _buffer.Save((secret, inner) => protector.Protect(secret, [.. outer, .. inner]));

        // The client's state, which is signed and has a stamp of its own, is the other place of the buffer's stamp.
        return [.. _buffer.Stamp.ToArray(), .. state];
    }

    public void Restore(ReadOnlySpan<byte> saved, ISecretProtector protector, ReadOnlySpan<byte> context, int rows)
    {
        byte[] outer = context.ToArray();
        try
        {
            ReadOnlySpan<byte> stamp = saved[..Math.Min(saved.Length, PrivacyStateStamp.SizeInBytes)];
            CorrelatedNoiseBuffer restored = CorrelatedNoiseBuffer.Restore(
                saved[stamp.Length..],
                releases.Plan,
                (secret, inner, destination) => protector.TryUnprotect(secret, [.. outer, .. inner], destination),
                PrivacyStateStamp.Read(stamp),
                openedRounds: rows);
            _buffer.Dispose();
            _buffer = restored;
        }
        catch (PrivacyException refused)
        {
            throw new StateRefusedException(
                refused.Error == PrivacyError.StateNotOpened ? StateError.NotUnprotected : StateError.Inconsistent, refused);
        }
    }

    public void Dispose() => _buffer.Dispose();

    /// <summary>Adds the noise of the next row to integers on the grid, which are zeroed.</summary>
    protected void AddRow(long[] values, Span<long> destination)
    {
        try
        {
            _buffer.AddTo(values);

            // Paid for in the distance of each release.
            TensorPrimitives.Clamp(values, -bound, bound, destination);
        }
        finally
        {
            SecretMemory.Zero<long>(values);
        }
    }
}
