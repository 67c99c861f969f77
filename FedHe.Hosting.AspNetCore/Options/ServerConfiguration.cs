using Microsoft.Extensions.Configuration;

namespace FedHe.Hosting.AspNetCore.Options;

/// <summary>A server configuration is the section with the values of <see cref="FedHeServerOptions"/>, which may change while the host runs.</summary>
/// <param name="Section">The section.</param>
/// <remarks>The options monitor does not watch the section. With a configuration that cannot work, the monitor would throw in the code that wrote it, and would keep no options.</remarks>
internal sealed record ServerConfiguration(IConfigurationSection Section);
