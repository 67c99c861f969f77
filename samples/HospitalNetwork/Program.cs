// Four hospitals, a server and a key authority, each a process of its own, train a model over TLS on this machine. The server is killed in
// the middle, as a power cut would, and goes on.
//     dotnet run -c Release --project samples/HospitalNetwork
using HospitalNetwork;

return args switch
{
    [] => await Network.RunAsync(),
    ["server", string folder] => await Roles.RunServerAsync(folder),
    ["authority", string folder] => await Roles.RunAuthorityAsync(folder),
    ["hospital", string folder] => await Roles.RunHospitalAsync(folder),
    _ => 2,
};
