using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;

namespace FedHe.Orchestration.Transport;

/// <summary>A small model has one tensor of every element type that is averaged in a layout.</summary>
internal static class SmallModel
{
    /// <summary>Creates the model, whose values are 0.</summary>
    /// <param name="like">The layout whose element types it has.</param>
    /// <param name="tensorLength">The number of elements of each tensor.</param>
    public static ModelParameters Of(ModelLayout like, int tensorLength)
    {
        ElementType[] types = [.. like.Tensors.Where(tensor => tensor.IsAggregated).Select(tensor => tensor.ElementType).Distinct().Order()];
        var layout = new ModelLayout([.. types.Select(type => new TensorSpec(NameOf(type), type, [tensorLength], bound: 1))]);
        ModelParametersBuilder builder = ModelParameters.CreateBuilder(layout);
        foreach (ElementType type in types)
        {
            Set(builder, type, tensorLength);
        }

        return builder.Build();
    }

    /// <summary>Returns the mask of everything, or of the first half of every tensor where a mask leaves values in clear.</summary>
    public static EncryptionMask MaskLike(EncryptionMask mask, ModelLayout layout)
        => mask.IsAll ? EncryptionMask.All(layout)
            : mask.EncryptedCount == 0 ? EncryptionMask.InsecureNone(layout)
            : MaskPolicy.Random(0.5, seed: 1).Select(layout);

    private static string NameOf(ElementType type) => type.ToString();

    private static void Set(ModelParametersBuilder builder, ElementType type, int length)
    {
        string name = NameOf(type);
        switch (type)
        {
            case ElementType.Float32:
                builder.Set<float>(name, new float[length]);
                break;
            case ElementType.Float16:
                builder.Set<Half>(name, new Half[length]);
                break;
            case ElementType.BFloat16:
                builder.SetBFloat16Bits(name, new ushort[length]);
                break;
            default:
                builder.Set<double>(name, new double[length]);
                break;
        }
    }
}
