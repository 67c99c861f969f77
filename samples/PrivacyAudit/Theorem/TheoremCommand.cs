using System.CommandLine;

namespace PrivacyAuditSample.Theorem;

/// <summary>The command <c>theorem</c> prints the figures of the paper's theorem for a mask and a noise scale.</summary>
internal static class TheoremCommand
{
    public static Command Create(
        Option<string?> data, Option<int[]> pictures, Option<double[]> ratios, Option<int> seed, Func<ISession, CancellationToken, Task<int>> run)
    {
        Option<double> scale = CommandLine.Required("--scale", "Scale b of the Laplace noise on each value in clear, in the units of the values.", 1e-12, 1e12);
        Option<double> clip = CommandLine.Required("--clip", "Largest 1-norm of an update, in the same units.", 1e-12, 1e12);
        Option<double> clear = CommandLine.Ranged("--clear-clip", "Largest 1-norm of the values in clear, where they are clipped by themselves, at most --clip.", 0, 0, 1e12);
        var command = new Command("theorem", "Prints the epsilons that the paper's theorem gives a mask and a noise scale: for uniform sensitivities, for the map, and for the clipped norm.")
        {
            data, pictures, ratios, scale, clip, clear, seed,
        };
        command.SetAction((result, cancellationToken) => run(
            new TheoremSession(new TheoremOptions
            {
                DataPath = result.GetValue(data),
                Pictures = result.GetValue(pictures)!,
                Ratios = [.. result.GetValue(ratios)!.Distinct().Order()],
                Scale = result.GetValue(scale),
                Clip = result.GetValue(clip),
                ClearClip = result.GetResult(clear) is { Implicit: false } ? result.GetValue(clear) : null,
                Seed = result.GetValue(seed),
            }),
            cancellationToken));
        return command;
    }
}
