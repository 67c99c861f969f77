using FedHe.Tool.Kits;

namespace FedHe.Tool.Tests.Support;

/// <summary>Kits of four clients, whose parties do not run.</summary>
internal sealed class QuickKits : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("fedhe-quick-kits-");

    public string this[string party] => Path.Combine(_folder.FullName, "kits", party);

    public static async Task<QuickKits> ProvisionAsync()
    {
        var kits = new QuickKits();
        SmallModel.Write(kits.PathOf("start.safetensors"), 0, 0);
        await File.WriteAllTextAsync(kits.PathOf("project.yaml"), "name: heart\nserver: https://fedhe.example\nclients: [ north, south, west, east ]\nmodel: start.safetensors\nbound: 8\n");
        await Fedhe.DoAsync("provision", kits.PathOf("project.yaml"), "-o", kits.PathOf("kits"));
        return kits;
    }

    /// <summary>Opens the kit of a client.</summary>
    public Kit OpenNorth() => Kit.Open(this["north"]);

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose() => _folder.Delete(recursive: true);
}
