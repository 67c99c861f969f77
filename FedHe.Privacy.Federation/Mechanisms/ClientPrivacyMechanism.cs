using System.Numerics.Tensors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Memory;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Privacy;
using FedHe.Privacy.Clipping;
using FedHe.Privacy.Rounding;

namespace FedHe.Privacy.Federation.Mechanisms;

/// <summary>
/// The mechanism of client-level privacy: clip the difference, rotate it where the terms say so, round it at random, add a share of the noise, or all of it to
/// values in clear.
/// </summary>
internal sealed class ClientPrivacyMechanism(PrivacyTerms terms, IntegerTerms integers, int parameters, EncryptionMask? mask = null) : IDifferenceMechanism
{
    private readonly SumReleases _releases = new(terms, integers, parameters, (int)(mask?.ClearCount ?? 0));
    private readonly GridRounding _rounding = SumReleases.RoundingOf(terms, integers.Step, SumReleases.DimensionOf(terms, parameters));

    public void Privatize(Span<double> difference, DifferencePlace place, Span<long> destination)
    {
        // The grid moves with the clip, and on it everything is as it was in the first round.
        bool keepsClip = FiniteClip.Apply(difference, terms.Clip, terms.AdaptiveClip is null ? 1 : ClipFactorAt(place.ClipPosition));
        Span<long> bit = terms.AdaptiveClip is null ? [] : destination[^1..];
        destination = destination[..^bit.Length];
        AddBit(keepsClip, bit);
        long[] noised = SecretMemory.Allocate<long>(destination.Length);
        try
        {
            Round(difference, place, noised);

            // What is moved makes the contribution shorter, so that its norm keeps the bound.
            TensorPrimitives.Clamp(noised, -_releases.LargestBeforeNoise, _releases.LargestBeforeNoise, noised);
            AddNoise(noised);

            // Paid for in the distance of each sum.
            TensorPrimitives.Clamp(noised, -integers.Bound, integers.Bound, destination);
        }
        finally
        {
            SecretMemory.Zero<long>(noised);
        }
    }

    public void RotateBack(Span<double> sums, DifferencePlace place) => RotationOf(place).RotateBackInPlace(sums);

    public double ClipFactorAt(int clipPosition) => ClipRule.FactorAt(clipPosition);

    public int FollowClip(int clipPosition, long bits, int contributors) => _releases.Bits!.Rule.Next(clipPosition, bits, contributors);

    public double EpsilonOf(IReadOnlyList<PrivacyCharge> charges) => _releases.EpsilonOf(charges);

    private void Round(ReadOnlySpan<double> difference, DifferencePlace place, long[] rounded)
    {
        if (terms.Rotation is null)
        {
            _rounding.Round(difference, rounded);
            return;
        }

        double[] rotated = SecretMemory.Allocate<double>(rounded.Length);
        try
        {
            // Clipping leaves more room below the clip than rounding errors of a rotation need, and what is longer is refused.
            RotationOf(place).Rotate(difference, rotated);
            _rounding.Round(rotated, rounded);
        }
        finally
        {
            SecretMemory.Zero<double>(rotated);
        }
    }

    private void AddBit(bool keepsClip, Span<long> destination)
    {
        if (_releases.Bits is not BitReleases bits)
        {
            return;
        }

        long[] bit = SecretMemory.Allocate<long>(1);
        bit[0] = keepsClip ? 1 : -1;
        bits.Sharing.Sampler.AddTo(bit);

        // Paid for in the distance of each sum of bits.
        TensorPrimitives.Clamp(bit, -integers.Bound, integers.Bound, destination);
        SecretMemory.Zero<long>(bit);
    }

    private void AddNoise(long[] rounded)
    {
        if (mask is null || _releases.Whole is null)
        {
            _releases.Sharing.Sampler.AddTo(rounded);
            return;
        }

        long[] encrypted = SecretMemory.Allocate<long>((int)mask.EncryptedCount);
        long[] inClear = SecretMemory.Allocate<long>((int)mask.ClearCount);
        try
        {
            mask.GatherEncrypted(rounded, encrypted);
            _releases.Sharing.Sampler.AddTo(encrypted);
            mask.ScatterEncrypted(encrypted, rounded);
            mask.GatherClear(rounded, inClear);
            _releases.Whole.Sampler.AddTo(inClear);
            mask.ScatterClear(inClear, rounded);
        }
        finally
        {
            SecretMemory.Zero<long>(encrypted);
            SecretMemory.Zero<long>(inClear);
        }
    }

    private RandomizedRotation RotationOf(DifferencePlace place)
    {
        Span<byte> seed = stackalloc byte[Digest.SizeInBytes];
        place.Seed.CopyTo(seed);
        return new RandomizedRotation(seed, parameters);
    }
}
