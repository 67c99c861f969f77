using FedHe.Crypto.Authoring;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Ckks.Vectors;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Kernels.Threads;
using FedHe.Crypto.Kernels.Values;

namespace FedHe.Crypto.Ckks.Threshold.Opening;

/// <summary>
/// A fusion adds the answers of a set of parties to c0, rounds the noise away and decodes sums of values, which it refuses where the
/// noise or a sum is larger than planned.
/// </summary>
internal sealed class Fusion(CkksRing ring, ThresholdParameters parameters)
{
    public void Fuse(CkksVector vector, IReadOnlyCollection<PartialDecryption> answers, Span<double> destination)
    {
        PartialDecryption[] checkedAnswers = Check(vector, answers);
        int refused = 0;
        ParallelRanges.Run(destination, vector.CiphertextCount, ring.MaxDegreeOfParallelism, (values, first, end) =>
        {
            if (!TryFuseRange(vector, checkedAnswers, first, end, values))
            {
                Volatile.Write(ref refused, 1);
            }
        });
        double largest = vector.Bound.MaxAbs + vector.Bound.Rounding;
        if (refused != 0 || !ValueKernel.AreWithin<double>(destination, largest))
        {
            destination.Clear();
            throw Throw.OpeningOutOfRange();
        }
    }

    /// <summary>Demands one answer from each party of one set, for this vector.</summary>
    private PartialDecryption[] Check(CkksVector vector, IReadOnlyCollection<PartialDecryption> answers)
    {
        Digest name = CiphertextDigests.Join(CiphertextDigests.Of(ring, vector));
        PartySet parties = answers.FirstOrDefault()?.Parties ?? default;
        var distinct = new HashSet<int>();
        foreach (PartialDecryption answer in answers)
        {
            ArgumentNullException.ThrowIfNull(answer, nameof(answers));
            bool fits = answer.ParametersId == parameters.Id && answer.KeyId == vector.KeyId && answer.Parties == parties
                && answer.Vector == name && answer.Length == vector.Length && distinct.Add(answer.Party);
            if (!fits)
            {
                throw Throw.AnswersDoNotFit();
            }
        }

        return parties.Fits(parameters) && distinct.Count == parties.Count ? [.. answers] : throw Throw.AnswersDoNotFit();
    }

    private bool TryFuseRange(CkksVector vector, PartialDecryption[] answers, int first, int end, Span<double> values)
    {
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        int perCiphertext = ring.Parameters.ValuesPerCiphertext;
        ulong largest = 0;
        bool isSum = true;
        for (int ciphertext = first; ciphertext < end; ciphertext++)
        {
            for (int limb = 0; limb < ring.LimbCount; limb++)
            {
                Span<ulong> sum = workspace.Limbs.Span.Slice(limb * ring.Degree, ring.Degree);
                vector.CopyLimb(ciphertext, polynomial: 0, limb, sum);
                foreach (PartialDecryption answer in answers)
                {
                    PolynomialKernel.Default.Add(sum, answer.Limb(ciphertext, limb), ring.Transforms[limb].Modulus);
                }
            }

            Span<double> integers = workspace.Values.Span[..ring.Degree];
            largest = Math.Max(largest, ring.Plaintexts!.Compose(workspace.Limbs, ring.Degree, integers));
            int start = ciphertext * perCiphertext;
            isSum &= TryDecode(integers, values.Slice(start, Math.Min(perCiphertext, values.Length - start)));
        }

        return isSum && largest <= parameters.LargestDistance;
    }

    /// <summary>Decodes the values of a ciphertext, and tells whether all places without a value are zero.</summary>
    private bool TryDecode(Span<double> integers, Span<double> values)
    {
        if (values.Length == ring.Parameters.ValuesPerCiphertext)
        {
            ring.Packing.Decode(integers, values);
            return true;
        }

        double[] all = new double[ring.Parameters.ValuesPerCiphertext];
        ring.Packing.Decode(integers, all);
        all.AsSpan(0, values.Length).CopyTo(values);
        return ValueKernel.AreWithin<double>(all.AsSpan(values.Length), 0);
    }
}
