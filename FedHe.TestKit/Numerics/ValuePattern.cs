namespace FedHe.TestKit.Numerics;

/// <summary>Shapes of input that find different mistakes of an encoder.</summary>
public enum ValuePattern
{
    /// <summary>Every value is 0.</summary>
    Zero,

    /// <summary>Every value is -0.0.</summary>
    NegativeZero,

    /// <summary>Every value is the bound: all energy in one coefficient of a slot packing.</summary>
    Maximum,

    /// <summary>Every value is minus the bound.</summary>
    Minimum,

    /// <summary>The bound with alternating sign.</summary>
    Alternating,

    /// <summary>The bound with random signs.</summary>
    RandomSigns,

    /// <summary>One value at the bound, zeros elsewhere.</summary>
    Spike,

    /// <summary>Values of the smallest magnitudes a number can have.</summary>
    Subnormal,

    /// <summary>Independent values, uniform between minus the bound and the bound.</summary>
    Uniform,

    /// <summary>Magnitudes spread over many binary orders, as weights of a model are.</summary>
    ManyScales,
}
