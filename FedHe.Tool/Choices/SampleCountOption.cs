using System.CommandLine;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Choices;

/// <summary>The option <c>--samples</c>, the weight of a client.</summary>
internal static class SampleCountOption
{
    public static Option<long> Create()
        => new("--samples")
        {
            Description = "Number of samples that the client trains with, its weight in the average.",
            CustomParser = result =>
            {
                string text = result.Tokens.Single().Value;
                if (SampleCount.TryParse(text, out long samples))
                {
                    return samples;
                }

                result.AddError($"--samples must be a whole number above 0, not '{text}'.");
                return 1;
            },
        };
}
