using FedHe.Crypto.Ckks.Keys;
using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Kernels.Polynomials;
using FedHe.Crypto.Random;

namespace FedHe.Crypto.Ckks.Threshold.KeyGeneration;

/// <summary>This class adds up the contributions to a public key, and refuses those that are no random polynomials.</summary>
internal static class ContributionSum
{
    /// <summary>Returns the payload of the key: the seed of a, then b_1 + ... + b_n.</summary>
    public static byte[] Of(CkksRing ring, in Seed seed, IReadOnlyList<KeyGenerationMessage> contributions)
    {
        int length = PackedPolynomial.LengthOf(ring);
        byte[] payload = new byte[Seed.SizeInBytes + length];
        ((ReadOnlySpan<byte>)seed).CopyTo(payload);
        foreach (KeyGenerationMessage contribution in contributions)
        {
            contribution.Content[..length].CopyTo(payload.AsSpan(Seed.SizeInBytes));
            if (CkksPublicKey.ReadChecked(ring, payload, keyId: null, out _) is null)
            {
                throw Throw.ImplausibleContribution(contribution.Sender);
            }
        }

        using CkksWorkspace workspace = ring.Workspaces.Rent();
        Span<ulong> sum = workspace.Polynomial;
        Span<ulong> next = workspace.SecondPolynomial;
        Span<byte> destination = payload.AsSpan(Seed.SizeInBytes);
        int offset = 0;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            sum.Clear();
            foreach (KeyGenerationMessage contribution in contributions)
            {
                PackedPolynomial.TryUnpack(ring, limb, contribution.Content[offset..], next);
                PolynomialKernel.Default.Add(sum, next, ring.Parameters.Moduli[limb]);
            }

            destination = PackedPolynomial.Pack(ring, limb, sum, destination);
            offset += PackedPolynomial.LengthOf(ring, limb);
        }

        return payload;
    }
}
