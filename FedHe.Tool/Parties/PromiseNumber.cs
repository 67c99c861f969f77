using System.Globalization;

namespace FedHe.Tool.Parties;

/// <summary>A promise number is one of the numbers of a promise, and what it may be, on command lines and in settings.</summary>
/// <param name="Name">The name.</param>
/// <param name="Accepts">Whether a finite number may stand there.</param>
/// <param name="Range">What it may be, in words.</param>
internal sealed record PromiseNumber(string Name, Func<double, bool> Accepts, string Range)
{
    public static readonly PromiseNumber Epsilon = new("epsilon", value => value > 0, "above 0");

    public static readonly PromiseNumber Delta = new("delta", value => value is > 0 and < 1, "above 0 and below 1");

    public static readonly PromiseNumber Clip = new("clip", value => value > 0, "above 0");

    /// <summary>Reads a number, or returns null where it may not stand there.</summary>
    public double? TryParse(string? text)
        => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && Accepts(value) ? value : null;

    /// <summary>Says what may stand there.</summary>
    /// <param name="name">The name of the number where it was read.</param>
    /// <param name="text">What stands there.</param>
    public string Describe(string name, string? text) => $"{name} must be a number {Range}, not '{text}'.";
}
