using FedHe.Learning.Models;
using FedHe.MLBridge;

namespace HospitalFedAvg.Data;

/// <summary>Carries parameters between the training engine and FedHe.</summary>
internal sealed class ModelBridge
{
    // Far above what trained weights reach; a value beyond it is clamped and reported, never wrapped.
    private const double ClippingBound = 8;

    public ModelBridge(Model model)
    {
        Layout = new ModelLayout(model.Parameters.Select(parameter => new TensorSpec(
            parameter.Name, ElementType.Float32, [.. parameter.Value.Shape], ClippingBound)));
    }

    public ModelLayout Layout { get; }

    public ModelParameters Export(Model model)
    {
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(Layout);
        foreach (Parameter parameter in model.Parameters)
        {
            builder.Set<float>(parameter.Name, parameter.Value.Values);
        }

        return builder.Build();
    }

    public static void Import(ModelParameters source, Model destination)
    {
        foreach (Parameter parameter in destination.Parameters)
        {
            source.Get<float>(parameter.Name).CopyTo(parameter.Value.Values);
        }
    }
}
