using Microsoft.Extensions.Configuration;

namespace FedHe.Hosting.AspNetCore.Options;

/// <summary>
/// A section of the configuration with the values of <see cref="FedHeServerOptions"/>, which may change while the host runs. The monitor of the
/// options is not told of that: where a new configuration cannot work, it would throw at whoever changed the configuration, and have no options.
/// </summary>
/// <param name="Section">The section.</param>
internal sealed record ServerConfiguration(IConfigurationSection Section);
