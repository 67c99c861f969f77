using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Server;

namespace FedHe.Orchestration.Transport;

/// <summary>An agreed mask is the mask that the clients of a federation within one process agreed upon.</summary>
/// <param name="Mask">The mask, for the terms of the training job.</param>
/// <param name="Policy">The policy that selected the mask.</param>
/// <param name="Digests">The digest that each client found by itself, for <see cref="InProcessFederationSetup.AgreedMasks"/>.</param>
/// <param name="SensitivityBits">The number of bits of each client's quantized sensitivities.</param>
/// <param name="Report">The report of the round as the server saw it, receipts included.</param>
/// <param name="Costs">
/// The time and bytes that the round took; <see cref="RoundCosts.Train"/> is the time to compute the maps.
/// </param>
public sealed record AgreedMask(
    EncryptionMask Mask,
    MaskPolicy Policy,
    IReadOnlyDictionary<ClientId, Digest> Digests,
    int SensitivityBits,
    RoundReport Report,
    RoundCosts Costs);
