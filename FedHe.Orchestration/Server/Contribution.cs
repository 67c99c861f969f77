using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Identities;

namespace FedHe.Orchestration.Server;

/// <summary>An upload that is part of an aggregate.</summary>
/// <param name="Client">Whose it is.</param>
/// <param name="Receipt">What is encrypted in it, computed by the server from the bytes that arrived.</param>
/// <param name="Weight">Its weight, or null when hidden.</param>
/// <param name="UploadLength">Length of the whole message, in bytes.</param>
public sealed record Contribution(ClientId Client, EncryptionReceipt Receipt, long? Weight, int UploadLength);
