using System.Numerics.Tensors;
using FedHe.Learning.Models;
using FedHe.MLBridge.Layout;

namespace HospitalFedAvg.Data;

/// <summary>A model bridge carries parameters between the training engine and FedHe.</summary>
internal sealed class ModelBridge
{
    // The bound is far above what trained weights reach; a value beyond the bound is clamped and reported, never wrapped.
    private const double ClippingBound = 8;

    public ModelBridge(Model model)
    {
        Layout = new ModelLayout(model.Parameters.Select(parameter => new TensorSpec(
            parameter.Name, ElementType.Float32, [.. parameter.Value.Shape], ClippingBound)));
    }

    public ModelLayout Layout { get; }

    /// <summary>Copies a model's parameters and clamps the values beyond the bound.</summary>
    /// <param name="model">A model of the layout.</param>
    /// <param name="clamped">The number of clamped values.</param>
    public ModelParameters Export(Model model, out int clamped)
    {
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(Layout);
        clamped = 0;
        foreach (Parameter parameter in model.Parameters)
        {
            var values = new float[parameter.Value.Length];
            foreach (float value in parameter.Value.Values)
            {
                clamped += Math.Abs(value) > ClippingBound ? 1 : 0;
            }

            TensorPrimitives.Clamp(parameter.Value.Values, (float)-ClippingBound, (float)ClippingBound, values);
            builder.Set<float>(parameter.Name, values);
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
