namespace FedHe.Benchmarks.Rounds;

/// <summary>The download forms go by their names on the command line.</summary>
internal static class DownloadForms
{
    public static string[] Names { get; } = [.. Enum.GetValues<DownloadForm>().Select(NameOf)];

    public static string NameOf(DownloadForm form) => form switch
    {
        DownloadForm.SeedList => "seed-list",
        DownloadForm.ModSwitched => "mod-switched",
        _ => "full",
    };

    public static DownloadForm Find(string name) => Enum.GetValues<DownloadForm>().Single(form => NameOf(form) == name);
}
