using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Squeezing;

namespace FedHe.Orchestration.Client;

/// <summary>What a client needs to open a sum beside keys: the models, and where the round's clip is.</summary>
/// <param name="Base">The model that the round began from.</param>
/// <param name="Template">The model whose buffers the next model has.</param>
/// <param name="ClipPosition">The position of the clip that the round was clipped at; 0 in jobs without an adaptive clip.</param>
/// <param name="Step">The step of the job's optimizer, made for this opening, or null without one.</param>
/// <param name="Squeeze">The pass whose positions travelled in the round, or null in jobs without sparsification terms.</param>
/// <param name="Mean">The mean of all clients' control variates in the round, or null in jobs without control terms.</param>
internal readonly record struct OpeningModels(
    ModelParameters Base,
    ModelParameters Template,
    int ClipPosition = 0,
    OptimizerStep? Step = null,
    SqueezePass? Squeeze = null,
    ControlVariate? Mean = null);
