using FedHe.Orchestration.Job;

namespace TorchFederation.Federations;

/// <summary>
/// The comparison of adapters that take turns with both halves averaged side by side for as many bytes, which are half as many rounds, and with training in one place.
/// </summary>
internal static class AdapterComparison
{
    /// <summary>The number of rounds from which on accuracies are compared.</summary>
    public const int Rounds = 96;

    // How far the accuracy of turns may stay behind training in one place.
    private const double MostBehind = 0.02;

    /// <summary>Runs all three, prints what they reach, and returns the exit code.</summary>
    public static async Task<int> RunAsync(int rounds, int seed, CancellationToken cancellationToken)
    {
        using var experiment = new AdapterExperiment(seed);
        Console.WriteLine($"base model: accuracy {experiment.BaseAccuracy:P2} on its dialect, {experiment.UnadaptedAccuracy:P2} on the dialects of {AdapterExperiment.Clients} clients");
        double centralized = experiment.Centralized(rounds, cancellationToken);
        AdapterOutcome turns = await experiment.FederateAsync(AdapterTerms.Alternating, rounds, cancellationToken);
        int naiveRounds = (rounds + 1) / 2;
        AdapterOutcome naive = await experiment.FederateAsync(AdapterTerms.NaiveAveraging, naiveRounds, cancellationToken);
        for (int round = 1; round <= rounds; round++)
        {
            Console.WriteLine(
                $"round {round}: accuracy {turns.Accuracies[round - 1]:P2} in turns" + (round <= naiveRounds ? $", {naive.Accuracies[round - 1]:P2} averaged naively" : string.Empty));
        }

        Console.WriteLine($"accuracy {turns.Accuracies[^1]:P2} in turns, {naive.Accuracies[^1]:P2} averaged naively for as many bytes, {centralized:P2} trained in one place");
        Console.WriteLine($"{experiment.Layout.ParameterCount} values of adapters; an upload takes {turns.FirstUploadBytes} or {turns.SecondUploadBytes} bytes in turns, {naive.FirstUploadBytes} naively");
        Console.WriteLine($"gap of the products: {turns.LargestGap:E1} in turns, {naive.LargestGap:P1} averaged naively");
        Console.WriteLine($"release: {turns.Release}");
        if (turns.Release != ModelRelease.MayBePublished)
        {
            return Fail("Not every client confirmed the model.", ExitCodes.BoundBroken);
        }

        if (rounds < Rounds)
        {
            return ExitCodes.Success;
        }

        return turns.Accuracies[^1] <= naive.Accuracies[^1] ? Fail("Adapters in turns are no better than naive averages of as many bytes.", ExitCodes.TooInaccurate)
            : centralized - turns.Accuracies[^1] > MostBehind ? Fail("Adapters in turns stay more than two points behind training in one place.", ExitCodes.TooInaccurate)
            : ExitCodes.Success;
    }

    private static int Fail(string message, int code)
    {
        Console.Error.WriteLine(message);
        return code;
    }
}
