using FedHe.MLBridge.Layout;

namespace FedHe.Orchestration.Client;

/// <summary>The models that a client needs to open a sum.</summary>
/// <param name="Base">The model that the round began from.</param>
/// <param name="Template">The model whose buffers the next model has.</param>
internal readonly record struct OpeningModels(ModelParameters Base, ModelParameters Template);
