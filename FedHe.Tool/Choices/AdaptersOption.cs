using System.CommandLine;
using FedHe.Orchestration.Job;

namespace FedHe.Tool.Choices;

/// <summary>The option that says how adapters (LoRA) are averaged.</summary>
internal static class AdaptersOption
{
    public static Option<AdapterTerms?> Create() => new("--adapters")
    {
        Description = "How the adapters (LoRA) of the model are averaged, which has nothing else that is averaged. alternating: B moves in rounds 1, 3, 5 and so on, and A in the others (RoLoRA), in a job of one "
            + "epoch. freeze-a: B moves, and A stays as it is (FFA-LoRA). naive: both move, which averages no products; for comparisons. FEDHE_TASK has the half that a training program may change, as 'moving'.",
        HelpName = "alternating|freeze-a|naive",
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (TryParse(text) is AdapterTerms terms)
            {
                return terms;
            }

            result.AddError($"--adapters must be alternating, freeze-a or naive, not '{text}'.");
            return null;
        },
    };

    private static AdapterTerms? TryParse(string text) => text switch
    {
        "alternating" => AdapterTerms.Alternating,
        "freeze-a" => AdapterTerms.FreezeA,
        "naive" => AdapterTerms.NaiveAveraging,
        _ => null,
    };
}
