using FedHe.MLBridge.Layout;
using static TorchSharp.torch;

namespace FedHe.TorchSharp.State;

/// <summary>This class converts element types of TorchSharp to element types of layouts and back.</summary>
internal static class ElementTypes
{
    private const double LargestBFloat16 = 3.3895313892515355e38;

    /// <summary>Returns the element type of a layout, or null where the type cannot be averaged.</summary>
    public static ElementType? Floating(ScalarType type) => type switch
    {
        ScalarType.Float32 => ElementType.Float32,
        ScalarType.Float64 => ElementType.Float64,
        ScalarType.Float16 => ElementType.Float16,
        ScalarType.BFloat16 => ElementType.BFloat16,
        _ => null,
    };

    public static ScalarType Of(ElementType type) => type switch
    {
        ElementType.Float64 => ScalarType.Float64,
        ElementType.Float16 => ScalarType.Float16,
        ElementType.BFloat16 => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    };

    public static bool IsInteger(ScalarType type)
        => type is ScalarType.Byte or ScalarType.Int8 or ScalarType.Int16 or ScalarType.Int32 or ScalarType.Int64 or ScalarType.Bool;

    /// <summary>Returns the size of an element, in bytes.</summary>
    public static int SizeOf(ElementType type) => type switch
    {
        ElementType.Float64 => 8,
        ElementType.Float32 => 4,
        _ => 2,
    };

    /// <summary>Tells whether a bound is positive and finite after rounding to a type.</summary>
    public static bool Holds(ElementType type, double bound)
    {
        double rounded = type switch
        {
            ElementType.Float64 => bound,
            ElementType.Float16 => (double)(Half)bound,

            // A bound above the largest bfloat16 number could round to infinity, although single precision holds it.
            ElementType.BFloat16 => bound < LargestBFloat16 ? (float)bound : double.PositiveInfinity,
            _ => (float)bound,
        };
        return rounded > 0 && double.IsFinite(rounded);
    }
}
