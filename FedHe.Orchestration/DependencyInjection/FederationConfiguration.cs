using FedHe.Orchestration.Job;
using Microsoft.Extensions.Configuration;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>Reads the options of a federation from a section of the host's configuration.</summary>
internal static class FederationConfiguration
{
    /// <summary>Sets the options that the section has, and adds a fault to them for everything in it that is wrong.</summary>
    public static void Read(IConfigurationSection section, FederationOptions options)
    {
        var reader = new ConfigurationReader(section, options.Faults);
        if (!section.Exists())
        {
            reader.AddFault("is missing or empty");
            return;
        }

        SchemeConfiguration.Read(reader, options);
        options.Keys = reader.ReadKeys(nameof(FederationOptions.Keys)) ?? options.Keys;
        ConfigurationReader safety = reader.ReadSection(nameof(FederationOptions.Safety));
        options.Safety = options.Safety with
        {
            AllowInsecure = safety.ReadTruth(nameof(FederationSafety.AllowInsecure)) ?? options.Safety.AllowInsecure,
            MaxMessageBytes = safety.ReadNumber(
                nameof(FederationSafety.MaxMessageBytes), FederationOptionsValidator.SmallestMessageLimit, FederationSafety.LargestMessageBytes)
                ?? options.Safety.MaxMessageBytes,
        };
        safety.RefuseOtherKeys();
        options.SamplingSeed = reader.ReadNumber(nameof(FederationOptions.SamplingSeed), long.MinValue, long.MaxValue) ?? options.SamplingSeed;
        reader.RefuseOtherKeys();
    }
}
