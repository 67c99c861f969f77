using FedHe.MLBridge.Layout;

namespace FedHe.Orchestration.Client;

/// <summary>The result of local training.</summary>
/// <param name="Parameters">
/// The trained model; its floating values, or their differences to the model of the round, are encrypted, its buffers stay with the client.
/// </param>
public sealed record LocalTrainingResult(ModelParameters Parameters);
