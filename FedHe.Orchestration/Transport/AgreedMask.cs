using FedHe.Crypto.Identities;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Server;

namespace FedHe.Orchestration.Transport;

/// <summary>The mask that the clients of a federation within one process agreed upon.</summary>
/// <param name="Mask">The mask, for the terms of the training job.</param>
/// <param name="Policy">What it was selected by.</param>
/// <param name="Digests">The digest that each client found by itself, for <see cref="InProcessFederationSetup.AgreedMasks"/>.</param>
/// <param name="SensitivityBits">Bits of each client's quantised sensitivities.</param>
/// <param name="Report">The round as the server saw it, receipts included.</param>
/// <param name="Costs">What the round cost; <see cref="RoundCosts.Train"/> is the time to compute the maps.</param>
public sealed record AgreedMask(
    EncryptionMask Mask,
    MaskPolicy Policy,
    IReadOnlyDictionary<ClientId, Digest> Digests,
    int SensitivityBits,
    RoundReport Report,
    RoundCosts Costs);
