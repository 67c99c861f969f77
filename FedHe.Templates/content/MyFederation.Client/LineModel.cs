using FedHe.MLBridge.Layout;

namespace MyFederation.Client;

/// <summary>The model: slope and height of a line. Put yours in its place, and its tensors and their bound into project.yaml.</summary>
public static class LineModel
{
    public static ModelLayout Layout { get; } = new(new TensorSpec("line", ElementType.Float32, [2], bound: 16));

    /// <summary>The model that all clients start from; "shape" in project.yaml makes the same one.</summary>
    public static ModelParameters Initial { get; } = Of(0, 0);

    public static ModelParameters Of(double slope, double height)
        => ModelParameters.CreateBuilder(Layout).Set<float>("line", [(float)slope, (float)height]).Build();

    public static string Describe(ModelParameters model) => $"y = {model.Get<float>("line")[0]:F3} x + {model.Get<float>("line")[1]:F3}";
}
