using System.Buffers;
using System.Collections.Immutable;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Operations;
using FedHe.Crypto.Serialization;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>Outer key sums add up round keys that are encrypted under the job's scheme.</summary>
/// <param name="outer">The public context of the job's scheme.</param>
/// <param name="degree">The number of coefficients of a round key.</param>
/// <param name="outerKey">The identity of the job's key.</param>
internal sealed class OuterKeySums(HePublicContext outer, int degree, KeyId outerKey) : IKeySums
{
    private readonly IAccumulator _sum = outer.Evaluator.CreateAccumulator(degree);

    public ImmutableArray<ContributionSeal> Seals => [];

    public PreparedKey Prepare(ProtectedUpdate upload, Contributor contributor, Attempt attempt)
    {
        var limits = new WireLimits(degree, upload.WrappedKey.Length);
        if (!outer.Reader.TryRead(upload.WrappedKey.Span, limits, out EncryptedVector? wrapped, out _))
        {
            return PreparedKey.Refuse(RefusalReason.Malformed);
        }

        RefusalReason reason = wrapped.KeyId != outerKey ? RefusalReason.WrongKey
            : wrapped.Length != degree || !IsFresh(wrapped) ? RefusalReason.Malformed
            : RefusalReason.None;
        return new PreparedKey(reason, wrapped.PublicSeeds, () => _sum.Add(wrapped), wrapped);
    }

    public byte[] Complete()
    {
        using EncryptedVector sum = _sum.Complete();
        var bytes = new ExactBuffer(sum.EncodedLength);
        sum.WriteTo(bytes);
        return bytes.Complete();
    }

    public void SaveState(int contributors, IBufferWriter<byte> destination)
    {
        if (contributors == 0)
        {
            return;
        }

        using EncryptedVector sum = _sum.Snapshot();
        sum.WriteTo(destination);
    }

    public void Restore(ReadOnlyMemory<byte> state, IReadOnlyCollection<Contributor> contributors, Attempt attempt)
    {
        if (state.IsEmpty != (contributors.Count == 0))
        {
            throw new HeFormatException(FormatError.Inconsistent, "sum of round keys");
        }

        if (!state.IsEmpty)
        {
            using EncryptedVector sum = outer.Reader.Read(state.Span, new WireLimits(degree, state.Length));
            _sum.Add(sum);
        }
    }

    public void Dispose() => _sum.Dispose();

    /// <summary>Tells whether a vector has exactly the bound of a fresh encryption, so that sums stay as planned.</summary>
    private bool IsFresh(EncryptedVector vector)
    {
        VectorForm form = vector.Form == VectorForm.SeedList ? VectorForm.Full : vector.Form;
        return vector.Form != VectorForm.SeedList && vector.SpentDepth == 0 && vector.Bound == outer.FreshBound(1, form);
    }
}
