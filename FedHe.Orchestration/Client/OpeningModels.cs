using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;

namespace FedHe.Orchestration.Client;

/// <summary>The models that a client needs to open a sum.</summary>
/// <param name="Base">The model that the round began from.</param>
/// <param name="Template">The model whose buffers the next model has.</param>
/// <param name="Step">The step of the job's optimizer, made for this opening, or null without one.</param>
internal readonly record struct OpeningModels(ModelParameters Base, ModelParameters Template, OptimizerStep? Step = null);
