namespace FedHe.Tool.Kits;

/// <summary>The beginnings of the lines that a client of a kit writes, which <c>fedhe poc</c> waits for.</summary>
internal static class KitLines
{
    /// <summary>A training begins; the round follows.</summary>
    public const string Training = "Training in round";

    /// <summary>A model is there; its round follows.</summary>
    public const string Model = "Model of round";
}
