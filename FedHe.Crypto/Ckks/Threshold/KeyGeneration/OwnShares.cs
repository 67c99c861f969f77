using FedHe.Crypto.Ckks.Ring;
using FedHe.Crypto.Identities;

namespace FedHe.Crypto.Ckks.Threshold.KeyGeneration;

/// <summary>Own shares are what a party puts into its own key share.</summary>
/// <param name="Session">The session.</param>
/// <param name="Secret">The own contribution to the secret key, transformed.</param>
/// <param name="Dealt">The share of it that the party deals to itself, or null where all parties are needed.</param>
internal readonly record struct OwnShares(Digest Session, FixedPolynomial Secret, DealtShare? Dealt);
