namespace FedHe.Hosting.Tests.Support;

/// <summary>A test that needs Chromium; where there is none it is skipped, and counted.</summary>
internal sealed class BrowserFactAttribute : FactAttribute
{
    public BrowserFactAttribute() => Skip = Chromium is null ? "Chromium is not installed: on Debian, apt-get install chromium." : null;

    /// <summary>The path of the browser.</summary>
    public static string? Chromium { get; } = (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator)
        .SelectMany(folder => new[] { "chromium", "chromium-browser" }.Select(name => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);
}
