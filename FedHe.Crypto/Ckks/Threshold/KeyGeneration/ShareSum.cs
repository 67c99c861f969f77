using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Ckks.Threshold.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.Kernels.Polynomials;

namespace FedHe.Crypto.Ckks.Threshold.KeyGeneration;

/// <summary>This class adds up the shares that were dealt to a party, and refuses those that were not announced.</summary>
internal static class ShareSum
{
    /// <summary>Returns the share of a party: its own contribution where all are needed, else the sum of all shares dealt to it.</summary>
    public static FixedPolynomial Of(
        CkksRing ring,
        ThresholdParameters parameters,
        int party,
        IReadOnlyList<KeyGenerationMessage> contributions,
        OwnShares own,
        IReadOnlyCollection<DealtShare> deals)
    {
        using DealtShare? ownShare = own.Dealt;
        Check(ring, parameters, party, contributions, own.Session, deals);
        var share = new FixedPolynomial(ring);
        using CkksWorkspace workspace = ring.Workspaces.Rent();
        Span<ulong> sum = workspace.Polynomial;
        Span<ulong> next = workspace.SecondPolynomial;
        int offset = 0;
        for (int limb = 0; limb < ring.LimbCount; limb++)
        {
            ulong modulus = ring.Parameters.Moduli[limb];
            if (ownShare is null)
            {
                own.Secret.Limb(limb).Values.CopyTo(sum);
            }
            else
            {
                PackedPolynomial.TryUnpack(ring, limb, ownShare.Packed[offset..], sum);
                foreach (DealtShare deal in deals)
                {
                    PackedPolynomial.TryUnpack(ring, limb, deal.Packed[offset..], next);
                    PolynomialKernel.Default.Add(sum, next, modulus);

                    // The caller may refer to no share any more, and its finalizer would zero what is being read.
                    GC.KeepAlive(deal);
                }
            }

            share.Set(limb, sum, modulus);
            offset += PackedPolynomial.LengthOf(ring, limb);
        }

        return share;
    }

    /// <summary>Demands one announced share from each other party, or none where all parties are needed.</summary>
    private static void Check(
        CkksRing ring,
        ThresholdParameters parameters,
        int party,
        IReadOnlyList<KeyGenerationMessage> contributions,
        Digest session,
        IReadOnlyCollection<DealtShare> deals)
    {
        var senders = new HashSet<int> { party };
        foreach (DealtShare deal in deals)
        {
            ArgumentNullException.ThrowIfNull(deal, nameof(deals));
            bool belongs = !parameters.NeedsAll && deal.ParametersId == parameters.Id && deal.Session == session && deal.Recipient == party;
            if (!belongs || !senders.Add(deal.Sender))
            {
                throw Throw.WrongDeal(deal.Sender);
            }

            int index = PackedPolynomial.LengthOf(ring) + ((party - 1) * Digest.SizeInBytes);
            var announced = new Digest(contributions[deal.Sender - 1].Content.Slice(index, Digest.SizeInBytes));
            if (announced != deal.ComputeDigest())
            {
                throw Throw.WrongDeal(deal.Sender);
            }
        }

        int expected = parameters.NeedsAll ? 1 : parameters.Parties;
        if (senders.Count != expected)
        {
            throw Throw.KeyGenerationIncomplete();
        }
    }
}
